# syntax=docker/dockerfile:1
# One image for the web server, the workers, the clock and the migrations: docker-compose.yml says
# which of them a container is.
ARG PYTHON_IMAGE=python:3.12.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --require-hashes --no-deps -r requirements.lock


FROM ${PYTHON_IMAGE}
# What WeasyPrint draws PDFs with; without any font it would crash.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 stories \
    && useradd --uid 10001 --gid stories --no-create-home --home-dir /data stories \
    && install -d -o stories -g stories -m 0750 /data
# Two arenas: with one for each thread, glibc keeps what each of them once needed.
ENV PATH=/venv/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The key lives for this one command and reaches no layer; nothing is signed with it.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .
USER stories
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config", "deploy/gunicorn.conf.py"]
