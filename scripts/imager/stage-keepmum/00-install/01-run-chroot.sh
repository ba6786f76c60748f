#!/bin/bash -e
# Install keepmum into the image, without a network. It starts with the first start of a card, muted and agreeing to nothing.

here=/var/lib/keepmum-stage
trap 'rm -rf "$here"' EXIT
mapfile -t words <"$here/words"
tar --extract --no-same-owner --file="$here/keepmum.bundle" --directory="$here" source
"$here/source/scripts/install" --from "$here/keepmum.bundle" --yes "${words[@]}" </dev/null
