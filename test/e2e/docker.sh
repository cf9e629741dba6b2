#!/bin/sh
# Stands in for `docker` where there is no engine: buildah builds, podman runs. A run gets as little as a strict
# cluster gives it, and the host's network, as the sandbox is on loopback.
set -eu
command=$1
shift
case $command in
build)
  exec buildah bud --isolation chroot --pull=never --layers "$@"
  ;;
run)
  case " $* " in
  *' --network '*) ;;
  *) set -- --network host "$@" ;;
  esac
  exec podman run --read-only --read-only-tmpfs=false --user "${IMAGE_USER:-10001}" \
    --cap-drop ALL --security-opt no-new-privileges "$@"
  ;;
*)
  exec podman "$command" "$@"
  ;;
esac
