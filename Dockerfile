# syntax=docker/dockerfile:1
# One image for web, worker, beat and migrate: the command decides. No embedded server, no test tool inside.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/base.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r base.txt

# The hosted SFTP service: OpenSSH and one program that needs nothing of the product. Its users stand in a file that the read-only
# image leaves to it (libnss-extrausers).
FROM python:3.11-slim AS hosting
RUN apt-get update \
 && apt-get install -y --no-install-recommends openssh-server libnss-extrausers \
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
 && sed -i 's/^passwd:.*/passwd: files extrausers/; s/^group:.*/group: files/; s/^shadow:.*/shadow: files/' /etc/nsswitch.conf \
 && install -d -m 0755 /var/lib/rotacast-hosting && install -d -m 0711 /var/lib/rotacast-hosting-state
COPY config/hosting/service.py /srv/hosting/service.py
EXPOSE 2222
VOLUME ["/var/lib/rotacast-hosting", "/var/lib/rotacast-hosting-state"]
CMD ["python3", "-I", "/srv/hosting/service.py", "--folder", "/var/lib/rotacast-hosting", \
     "--state", "/var/lib/rotacast-hosting-state", "--passwd", "/var/lib/extrausers/passwd", "--base", "/etc/passwd", \
     "--writer", "10001:10001", "--port", "2222"]

# The last stage is what a build without a target gives.
FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/var/lib/rotacast
RUN useradd --system --uid 10001 --create-home rotacast \
 && install -d -o rotacast -g rotacast -m 0750 /var/lib/rotacast \
 && install -d -m 0755 /var/lib/rotacast-hosting \
 && install -d -o rotacast -g rotacast -m 0755 /var/lib/rotacast-hosting/accounts
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
