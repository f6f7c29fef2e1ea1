# Two stages: wheels are installed where there is pip, and only the result is shipped. Runs as nobody in particular.
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /build/requirements.lock
RUN /venv/bin/pip install --require-hashes --no-deps -r /build/requirements.lock
COPY manage.py /app/
COPY tasktracker /app/tasktracker
COPY accounts /app/accounts
COPY tasks /app/tasks
COPY charges /app/charges
COPY calendarfeed /app/calendarfeed
COPY internal_api /app/internal_api
# The guides at /docs/ are these files.
COPY CHANGELOG.md /app/CHANGELOG.md
COPY docs/*.md /app/docs/
COPY docs/dialects /app/docs/dialects
RUN /venv/bin/python -m compileall -q /app

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=tasktracker.settings \
    TASKTRACKER_ENVIRONMENT=production TASKTRACKER_DATA=/data TASKTRACKER_WEB_PROCESSES=2
RUN groupadd --system --gid 10001 tasktracker \
    && useradd --system --uid 10001 --gid tasktracker --no-create-home --shell /usr/sbin/nologin tasktracker \
    && install -d -o tasktracker -g tasktracker -m 0750 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER tasktracker
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# The shell is replaced by granian, which then gets the container's signals.
CMD ["sh", "-c", "exec granian --interface wsgi --http 1 --no-ws --host 0.0.0.0 --port 8000 --workers \"$TASKTRACKER_WEB_PROCESSES\" --blocking-threads 8 --workers-kill-timeout 20 --http1-buffer-size 40960 --http1-header-read-timeout 15000 tasktracker.wsgi:application"]
