# SPDX-License-Identifier: Apache-2.0
# Says what ./demo and ./check need and installs what is missing, where that is Debian's apt-get and we may use it; elsewhere
# it prints what to install and ends with status 1. To be sourced at the top of the tree:
#
#   . build-aux/need.sh
#   need build demo

# A row: what for, kind, name, Debian's package. Kinds: a command, a pkg-config module, a C header, a module of the system's Python.
need_table='
build command gcc        gcc
build header  stdio.h    libc6-dev
build command make       make
build command autoconf   autoconf
build command automake   automake
build command libtoolize libtool
build command pkg-config pkg-config
build module  glib-2.0   libglib2.0-dev
build module  yaml-0.1   libyaml-dev
build module  sqlite3    libsqlite3-dev
demo  command openssl    openssl
demo  command sqlite3    sqlite3
demo  command curl       curl
check module  cmocka     libcmocka-dev
check command python3    python3
check command g++        g++
check command clang      clang
check command clang-format clang-format
check command pmccabe    pmccabe
check command groff      groff-base
check command dot        graphviz
check command zsh        zsh
check command nm         binutils
check command xz         xz-utils
check python  taskflow   python3-taskflow
'

need_is_there() { # KIND NAME
    case $1 in
        command) command -v "$2" >/dev/null 2>&1 ;;
        module) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$2" ;;
        python) /usr/bin/python3 -c "import $2" >/dev/null 2>&1 ;;
        header) command -v gcc >/dev/null 2>&1 && printf '#include <%s>\n' "$2" | gcc -E -o /dev/null - 2>/dev/null ;;
    esac
}

# The rows of what is missing for the purposes given.
need_missing() { # PURPOSE...
    printf '%s' "$need_table" | while read -r purpose kind name package; do
        case " $* " in
            *" $purpose "*) need_is_there "$kind" "$name" || echo "$kind $name $package" ;;
        esac
    done
}

need_packages() { # the packages of the rows on standard input
    awk '{ print $3 }' | sort -u | tr '\n' ' '
}

# How to run a command as root without being asked anything: prints the prefix, fails when there is none.
need_root() {
    if [ "$(id -u)" -eq 0 ]; then
        echo env
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo 'sudo -n env'
    else
        return 1
    fi
}

need_install() { # PACKAGE...
    mkdir -p build
    # shellcheck disable=SC2086 # The prefix is words.
    {
        $need_prefix DEBIAN_FRONTEND=noninteractive apt-get -q update
        $need_prefix DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
    } >build/install.log 2>&1 </dev/null
}

need() { # PURPOSE...
    need_rows=$(need_missing "$@")
    [ -n "$need_rows" ] || return 0
    echo 'Missing here:'
    echo "$need_rows" | awk '{ printf "  %s %s (Debian package %s)\n", $1, $2, $3 }'
    need_names=$(echo "$need_rows" | need_packages)
    if ! command -v apt-get >/dev/null 2>&1; then
        echo 'There is no apt-get on this system: install these with its own package manager, then try again.'
        exit 1
    fi
    if ! need_prefix=$(need_root); then
        echo 'To install them needs root. Do this, then try again:'
        echo "  sudo apt-get update && sudo apt-get install --no-install-recommends $need_names"
        exit 1
    fi
    echo "Installing with apt-get: $need_names"
    # shellcheck disable=SC2086 # The names are words.
    if ! need_install $need_names; then
        tail -n 20 build/install.log
        echo 'apt-get failed (whole output: build/install.log).'
        exit 1
    fi
    need_rows=$(need_missing "$@")
    if [ -n "$need_rows" ]; then
        echo 'Installed, and still not found:'
        echo "$need_rows"
        exit 1
    fi
}
