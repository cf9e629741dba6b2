FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json spec.json ./
COPY schemas ./schemas
COPY src ./src
# A checkout made under a strict umask must still be readable by the user below.
RUN npm run build && npm prune --ignore-scripts --omit=dev && chmod -R a+rX dist/src node_modules package.json schemas spec.json

FROM node:20-bookworm-slim
LABEL io.airbyte.name="source-klaviyo-v2" \
      io.airbyte.version="0.1.0" \
      org.opencontainers.image.title="source-klaviyo-v2" \
      org.opencontainers.image.description="Moves a Klaviyo account into any warehouse, as an Airbyte source and as a Singer tap." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /airbyte/integration_code
# Nothing is run here: the layers hold these files and no cache.
COPY --from=build /build/package.json /build/spec.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/schemas ./schemas
COPY --from=build /build/dist/src ./dist/src

# Airbyte on Kubernetes starts $AIRBYTE_ENTRYPOINT through /bin/sh and never looks at ENTRYPOINT: both must say the same.
ENV AIRBYTE_ENTRYPOINT="node /airbyte/integration_code/dist/src/main.js"
ENTRYPOINT ["node", "/airbyte/integration_code/dist/src/main.js"]
# A number, so that a cluster can see that it is not root. Nothing is written to the file system.
USER 1000:1000
