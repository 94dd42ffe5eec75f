# Two stages: one compiles, the other holds what runs. Tasks of your own: mount a folder and name it
# in OFFLOOP_TASKS_DIR.

FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the image brings its Node.js, and sharp comes as a prebuilt package.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY workers workers
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:26-bookworm-slim
# tini: Node.js as process 1 would not reap orphans. jemalloc: the allocator of glibc keeps memory
# that many threads have freed in pieces, as image work does.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini libjemalloc2 \
    && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
    LD_PRELOAD=libjemalloc.so.2 \
    OFFLOOP_OPS_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# `docker exec … offloop status`
RUN chmod +x dist/src/cli.js && ln -s /app/dist/src/cli.js /usr/local/bin/offloop
USER node
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
# Node itself, not npm: npm may not pass signals on.
CMD ["node", "dist/src/main.js"]
