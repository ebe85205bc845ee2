# Netlift in one image: `docker compose up` builds and runs it, see compose.yaml and docs/operation.md.
# Stage 1 makes a virtual environment from the pinned constraints; stage 2 holds that and nothing to build with.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE CHANGELOG.md alembic.ini ./
COPY sdk/python sdk/python
COPY docs docs
COPY migrations migrations
COPY experiments experiments
COPY web web
RUN python -m venv /opt/netlift \
    && /opt/netlift/bin/pip install -c constraints.txt ./sdk/python .

FROM python:3.13-slim-trixie
# pg_dump and pg_restore for `netlift backup`; the rest of Debian stays out.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 netlift \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/netlift --create-home --shell /usr/sbin/nologin netlift
COPY --from=build /opt/netlift /opt/netlift
ENV PATH=/opt/netlift/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NETLIFT_DATA_DIR=/var/lib/netlift \
    NETLIFT_HOST=0.0.0.0 \
    NETLIFT_PORT=8000 \
    NETLIFT_LOG_FORMAT=json
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/netlift
VOLUME ["/var/lib/netlift"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import sys, urllib.request; sys.exit(urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4).status != 200)"]
ENTRYPOINT ["netlift"]
CMD ["serve"]
