# The service in an image: `docker compose up` runs it with Postgres and a bucket (compose.yaml), and this alone:
#   docker build -t talking .
#   docker run -p 7860:7860 -v talking-data:/data --shm-size 1g -e TALKING_API_KEYS=… talking
# For x86-64 only: mediapipe 0.10.21, which finds the faces, has no wheel for Linux on arm64.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/talking
ENV PATH=/opt/talking/bin:$PATH
WORKDIR /app
COPY . .
# mediapipe asks for the OpenCV build with windows, which needs system OpenGL; the headless build is laid over it.
RUN pip install -e ".[s3]" \
    && pip install --force-reinstall --no-deps opencv-contrib-python-headless==4.11.0.86 \
    && find /opt/talking -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.11-slim-bookworm
# Captions are drawn with the fonts of the system: other scripts need more, such as fonts-noto-cjk.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin talking \
    && mkdir -p /data/work /data/cache \
    && chown -R talking:talking /data
COPY --from=build /opt/talking /opt/talking
COPY --from=build /app /app
ENV PATH=/opt/talking/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TALKING_HOST=0.0.0.0 \
    TALKING_PORT=7860 \
    TALKING_DATA=/data \
    TALKING_CACHE=/data/cache \
    TALKING_LOG_FORMAT=json
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 7860
# That the process lives; /readyz says whether it can work, and is for whatever sends calls here.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["talking"]
CMD ["serve"]
