# Two images: `web` is small and holds no torch; `worker` adds the training core's libraries.
# Libraries come before code, so that a change of code builds in seconds.
FROM python:3.11-slim-bookworm AS web-libraries
WORKDIR /srv/epochyard
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UV_COMPILE_BYTECODE=1 \
    VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH \
    EPOCHYARD_HOME=/data EPOCHYARD_HOST=0.0.0.0
RUN python -m venv /opt/venv && pip install --no-cache-dir --quiet uv==0.13.9 \
    && groupadd --gid 10001 epochyard && useradd --uid 10001 --gid epochyard --no-create-home epochyard \
    && install -d -o epochyard -g epochyard /data /artifacts
# What the web process needs, and s3fs.
COPY requirements/s3.txt requirements/s3.txt
RUN uv pip install --no-cache --require-hashes -r requirements/s3.txt

FROM web-libraries AS worker-libraries
# TORCH_BACKEND=cpu (or cu128, ...) takes that build of torch instead of the registry's ordinary one.
ARG TORCH_BACKEND=
COPY pyproject.toml requirements/worker.txt requirements/
RUN if [ -n "$TORCH_BACKEND" ]; \
    then uv pip install --no-cache --torch-backend="$TORCH_BACKEND" -r requirements/pyproject.toml --extra worker; \
    else uv pip install --no-cache --require-hashes -r requirements/worker.txt; fi

# The compiler stays here.
FROM web-libraries AS native
RUN apt-get update && apt-get install -y --no-install-recommends g++ && uv pip install --no-cache 'setuptools>=80.9'
COPY pyproject.toml README.md ./
COPY trainer trainer
RUN python -c "from setuptools import setup; setup()" build_ext --inplace

FROM worker-libraries AS worker
COPY . .
COPY --from=native /srv/epochyard/trainer/*.so trainer/
RUN uv pip install --no-cache --no-deps --editable . && python -m compileall -q app trainer worker
USER epochyard
VOLUME /data
CMD ["epochyard", "worker"]

FROM web-libraries AS web
COPY . .
RUN uv pip install --no-cache --no-deps --editable . && python -m compileall -q app trainer worker
USER epochyard
VOLUME /data
EXPOSE 8000
CMD ["epochyard", "web"]
