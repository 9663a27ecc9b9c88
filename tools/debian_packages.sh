#!/bin/sh
# Install Debian packages where we may; else say plainly what is missing.
set -e
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
else
  echo "Missing: $*. Install it first (on Debian: sudo apt-get install $*)." >&2
  exit 2
fi
