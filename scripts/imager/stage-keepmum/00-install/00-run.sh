#!/bin/bash -e
# Put the bundle and the answers where the next script finds them, inside the image: pi-gen empties /tmp and /run there.

install -d -m 0700 "${ROOTFS_DIR}/var/lib/keepmum-stage"
install -m 0600 files/keepmum.bundle files/words "${ROOTFS_DIR}/var/lib/keepmum-stage/"
