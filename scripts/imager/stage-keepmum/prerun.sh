#!/bin/bash -e
# Begin with the root of the stage before, as every stage of pi-gen does.

if [ ! -d "${ROOTFS_DIR}" ]; then
	copy_previous
fi
