#!/usr/bin/env bash
# Gives a Docker engine that can't pull the images that docker-compose.yml, deploy/Dockerfile and the tests name:
# node:24-bookworm-slim, redis:7-bookworm, mongo:6 and nginx:1-bookworm. What is in them is real: Debian's Redis and
# nginx, Node from the npm package `node`, MongoDB from the Python package that packages/servers pins. Each keeps the
# official image's user, working directory, volume, port and command, so that no file has to know the difference.
# Images that are there already, pulled or made, are left alone. Needs root, debootstrap, npm and pip; takes about 90 s.
set -euo pipefail
cd "$(dirname "$0")/.."

images=(node:24-bookworm-slim redis:7-bookworm mongo:6 nginx:1-bookworm)
present() { docker image inspect "$1" >/dev/null 2>&1; }
missing=()
for image in "${images[@]}"; do present "$image" || missing+=("$image"); done
if [ ${#missing[@]} -eq 0 ]; then echo 'stand-in images: all there'; exit 0; fi
echo "stand-in images: making ${missing[*]}"

work=${STAND_IN_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/parley-stand-in-images}
root=$work/root
mkdir -p "$work"

# One Debian file system for all four; what one image needs does not disturb the others.
if [ ! -e "$root/.complete" ]; then
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6,libcurl4,redis-server,nginx-light \
    bookworm "$root" >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  touch "$root/.complete"
fi

pack() { # image, then Dockerfile instructions that describe how it runs
  local image=$1 instruction described=()
  shift
  present "$image" && return
  for instruction in "$@"; do described+=(--change "$instruction"); done
  tar --create --directory "$root" --exclude ./.complete . | docker import "${described[@]}" - "$image" >/dev/null
  echo "stand-in images: $image"
}

mkdir -p "$root/data"
chroot "$root" chown redis:redis /data
pack redis:7-bookworm 'USER redis' 'WORKDIR /data' 'VOLUME /data' 'EXPOSE 6379' \
  'CMD ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no"]'
pack nginx:1-bookworm 'EXPOSE 80' 'CMD ["nginx", "-g", "daemon off;"]'

# Node with npm, and mongosh, which runs on it.
if [ ! -x "$work/npm/node_modules/.bin/mongosh" ]; then
  mkdir -p "$work/npm"
  (cd "$work/npm" && npm init --yes >/dev/null && npm install --no-fund --no-audit --loglevel=error node@24 npm@11 mongosh@2)
fi
cp "$work/npm/node_modules/node/bin/node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$work/npm/node_modules/npm" "$root/usr/local/lib/node_modules/"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
chroot "$root" sh -c 'id node >/dev/null 2>&1 || useradd --uid 1000 --create-home --shell /bin/bash node'
pack node:24-bookworm-slim 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' 'CMD ["node"]'

cp "$(node_modules/.bin/node tools/fetch-server.mjs mongod "$work")" "$root/usr/bin/mongod"
mkdir -p "$root/opt/mongosh"
cp -r "$work/npm/node_modules" "$root/opt/mongosh/"
printf '#!/bin/sh\nexec node /opt/mongosh/node_modules/mongosh/bin/mongosh.js "$@"\n' >"$root/usr/bin/mongosh"
chmod +x "$root/usr/bin/mongosh"
chroot "$root" sh -c 'id mongodb >/dev/null 2>&1 || useradd --system --uid 999 --create-home mongodb
  mkdir -p /data/db /data/configdb && chown -R mongodb /data/db /data/configdb'
pack mongo:6 'USER mongodb' 'VOLUME /data/db' 'EXPOSE 27017' 'ENTRYPOINT ["mongod", "--bind_ip_all"]'
