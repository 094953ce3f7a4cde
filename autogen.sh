#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure from configure.ac. Needed once after a clone; make does it again when the sources of the build change.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install "$@"
