# A small image without root. All that must outlive it lies below ANITRAKT_HOME, which is a volume:
#   podman run --rm -it -v anitrakt-home:/home/anitrakt/data -v "$PWD":/plans anitrakt login
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/anitrakt && /opt/anitrakt/bin/python -m pip install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /opt/anitrakt /opt/anitrakt
RUN useradd --create-home --uid 1000 anitrakt \
    && mkdir -p /home/anitrakt/data /plans \
    && chown anitrakt /home/anitrakt/data /plans
USER anitrakt
ENV PATH=/opt/anitrakt/bin:$PATH \
    ANITRAKT_HOME=/home/anitrakt/data \
    PYTHONDONTWRITEBYTECODE=1
VOLUME /home/anitrakt/data
WORKDIR /plans
ENTRYPOINT ["anitrakt"]
CMD ["--help"]
