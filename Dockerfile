# Dandang 担当: one image for web, worker and commands. Every file installed is checked against the lock.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/dandang
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY analysis ./analysis
COPY instruments ./instruments
COPY migrations ./migrations
RUN pip install --no-deps --no-build-isolation . \
 && useradd --system --uid 10001 --home-dir /var/lib/dandang dandang \
 && install -d -o dandang -g dandang -m 0700 /var/lib/dandang /etc/dandang/keys
WORKDIR /var/lib/dandang
USER dandang
EXPOSE 8000
CMD ["dandang", "serve", "--web-only", "--host", "0.0.0.0", "--port", "8000"]
