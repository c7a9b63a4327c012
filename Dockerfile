# One image in two stages: `web` is small and holds no torch; `worker` is web with the training core's libraries.
FROM python:3.11-slim-bookworm AS web
WORKDIR /srv/epochyard
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    EPOCHYARD_HOME=/data EPOCHYARD_HOST=0.0.0.0
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --quiet uv==0.13.9 \
    && groupadd --gid 10001 epochyard && useradd --uid 10001 --gid epochyard --no-create-home epochyard \
    && install -d -o epochyard -g epochyard /data
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv
COPY requirements/web.txt requirements/web.txt
RUN uv pip install --no-cache --require-hashes -r requirements/web.txt
COPY pyproject.toml README.md ./
COPY app app
COPY trainer trainer
COPY worker worker
COPY templates templates
COPY static static
RUN uv pip install --no-cache --no-deps --editable .
USER epochyard
VOLUME /data
EXPOSE 8000
CMD ["epochyard", "web"]

FROM web AS worker
USER root
COPY requirements/worker.txt requirements/worker.txt
# TORCH_BACKEND=cpu (or cu128, ...) takes that build of torch instead of the registry's ordinary one.
ARG TORCH_BACKEND=
RUN if [ -n "$TORCH_BACKEND" ]; \
    then uv pip install --no-cache --torch-backend="$TORCH_BACKEND" ".[worker]"; \
    else uv pip install --no-cache --require-hashes -r requirements/worker.txt; fi
USER epochyard
CMD ["epochyard", "worker"]
