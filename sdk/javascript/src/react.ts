// `@netlift/sdk/react`: a thin hook. Variants are followed through `onChange`; the exposure is logged once the component
// is on the page, and never while a server renders it.

import { createContext, createElement, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";

import type { Client } from "./types.js";

type AnyClient = Client<any>;

const Context = createContext<AnyClient | null>(null);

/** Gives the client to the components below. */
export const NetliftProvider = ({ client, children }: { client: AnyClient; children?: ReactNode }) =>
  createElement(Context.Provider, { value: client }, children);

/** The client of the nearest `NetliftProvider`; null without one. */
export const useNetlift = () => useContext(Context);

const nothing = () => () => {};

/** Key of the variant to show; logs the exposure once it is shown. `otherwise` where none is known. */
export function useVariant<V extends string = string>(key: string, otherwise: V = "control" as V): V {
  const client = useNetlift();
  const read = () => (client?.peek(key).variant ?? otherwise) as V;
  const variant = useSyncExternalStore(client?.onChange ?? nothing, read, read);
  useEffect(() => {
    client?.variant(key);
  }, [client, key, variant]);
  return variant;
}

/** The value attached to the variant to show; `useVariant` logs the exposure. */
export function usePayload<T = unknown>(key: string, otherwise?: T): T {
  const client = useNetlift();
  useVariant(key);
  return (client?.peek(key).payload ?? otherwise) as T;
}

/** Whether the client is ready to decide, or gave up waiting; false while a server renders. */
export function useReady(): boolean {
  const client = useNetlift();
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    let mounted = true;
    void client?.ready.then(() => mounted && setReady(true));
    return () => {
      mounted = false;
    };
  }, [client]);
  return isReady;
}
