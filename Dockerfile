# One image for all parts: `pitlive web`, `pitlive engine`, … (see docker-compose.yml).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS pages
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM ${PYTHON_IMAGE}
WORKDIR /src
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY pitlive ./pitlive
COPY --from=pages /src/pitlive/web/static ./pitlive/web/static
RUN pip install --no-cache-dir . && rm -rf /src \
    && useradd --system --create-home --home-dir /data pitlive \
    && install -d -o pitlive -g pitlive /config
WORKDIR /data
USER pitlive
ENV PITLIVE_DATA_DIR=/data
ENTRYPOINT ["pitlive"]
CMD ["up"]
