-- Bodies for wrk: batches as the Python SDK sends them. Half page views, two fifths clicks, one tenth orders; ten events
-- per visitor; every fifth item of a batch was in the batch before already.
-- Arguments: events per request, write key, ids ("run": version 7 UUIDs of one sender; "random": version 4 UUIDs).
-- The day of the events stands still: the benchmark's server takes any.

local size, key, ids, stamp
local number, before = 0, {}

local page = '{"type":"page","messageId":"%s","anonymousId":"3b5e0c1a-%08d","timestamp":"%s","sentAt":"%s",'
  .. '"context":{"library":{"name":"netlift-python","version":"1.0.0"},"page":{"path":"/tv/%d"}},'
  .. '"properties":{"path":"/tv/%d","title":"Television","referrer":""}}'
local click = '{"type":"track","event":"Offer Clicked","messageId":"%s","anonymousId":"3b5e0c1a-%08d","timestamp":"%s",'
  .. '"sentAt":"%s","context":{"library":{"name":"netlift-python","version":"1.0.0"},"page":{"path":"/tv/%d"}},'
  .. '"properties":{"offer":"tv","place":"top","value":1}}'
local order = '{"type":"track","event":"Order Completed","messageId":"%s","anonymousId":"3b5e0c1a-%08d","timestamp":"%s",'
  .. '"sentAt":"%s","userId":"customer-%d","context":{"library":{"name":"netlift-python","version":"1.0.0"}},'
  .. '"properties":{"order_id":"order-%d","channel":"web",'
  .. '"products":[{"product_id":"tv-basic","quantity":1,"price":12.5}]}}'

function setup(thread)
  thread:set("seed", os.time() * 1000 + math.floor(os.clock() * 1e6) % 1000)
end

function init(args)
  size, key, ids, stamp = tonumber(args[1]), args[2], args[3], args[4]
  math.randomseed(seed)
  wrk.method = "POST"
  wrk.path = "/v1/batch"
  wrk.headers["Content-Type"] = "application/json"
end

local function head()
  local ms = os.time() * 1000 + math.random(0, 999)
  return string.format("%08x-%04x-7%03x", math.floor(ms / 65536), ms % 65536, math.random(0, 4095))
end

local function id(run)
  if ids ~= "run" then
    run = string.format("%08x-%04x-4%03x", math.random(0, 0x7fffffff), math.random(0, 65535), math.random(0, 4095))
  end
  return string.format("%s-%04x-%06x%06x", run, math.random(0x8000, 0xbfff), math.random(0, 0xffffff), number % 0x1000000)
end

function request()
  local run, items, sent = head(), {}, {}
  for place = 1, size do
    number = number + 1
    local message = id(run)
    if place % 5 == 0 and before[place] then message = before[place - 1] end
    sent[place] = message
    local visitor, path = math.floor(number / 10), number % 50
    if number % 2 == 1 then
      items[place] = string.format(page, message, visitor, stamp, stamp, path, path)
    elseif number % 10 ~= 0 then
      items[place] = string.format(click, message, visitor, stamp, stamp, path)
    else
      items[place] = string.format(order, message, visitor, stamp, stamp, number, number)
    end
  end
  before = sent
  return wrk.format(nil, nil, nil,
    '{"writeKey":"' .. key .. '","sentAt":"' .. stamp .. '","batch":[' .. table.concat(items, ",") .. ']}')
end


function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50":%.3f,"p99":%.3f,"max":%.3f}\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
