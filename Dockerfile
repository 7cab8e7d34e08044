# syntax=docker/dockerfile:1
# One image for web, worker, beat and migrate: the command decides. No embedded server, no test tool inside.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/base.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r base.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/var/lib/rotacast
RUN useradd --system --uid 10001 --create-home rotacast \
 && install -d -o rotacast -g rotacast -m 0750 /var/lib/rotacast
COPY --from=build /venv /venv
WORKDIR /srv/rotacast
COPY . .
# Static work: placeholders instead of secrets, so none end up in a layer.
RUN ROTACAST_STATIC=1 python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q .
USER rotacast
EXPOSE 8000
VOLUME /var/lib/rotacast
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
