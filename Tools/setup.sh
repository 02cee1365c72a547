# What Tools/start and Tools/test share: where things are, and installing what is missing. Sourced.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${BURR_VENV:-$repo/.build/venv}

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Runs apt-get as root: directly, or through sudo where there is one.
apt() {
    local root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "Please run as root: apt-get $*"
        root=(sudo)
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

# install_packages NAME...: Debian packages, the package lists fetched anew only if need be.
install_packages() {
    command -v apt-get >/dev/null || fail "Please install what Debian calls: $*"
    say "Installing $* ..."
    local log
    log=$(mktemp)
    if ! { apt install -y "$@" || { apt update && apt install -y "$@"; }; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $*."
    fi
    rm -f "$log"
}

# The Swift compiler, and the C libraries that the package links.
need_system() {
    command -v swift >/dev/null || fail "Swift 6.3 or later is needed, and no swift is on the PATH."
    local header missing=()
    for header in lz4frame.h=liblz4-dev microhttpd.h=libmicrohttpd-dev zlib.h=zlib1g-dev; do
        printf '#include <%s>\n' "${header%=*}" | clang -x c -fsyntax-only - 2>/dev/null \
            || missing+=("${header#*=}")
    done
    # The server lays state machines out with it, and does without where it is not there.
    command -v dot >/dev/null || missing+=(graphviz)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# What ends a process at a system call of ours.
need_tracer() {
    command -v strace >/dev/null || install_packages strace
}

# What checks the page and runs it.
need_browser() {
    local command missing=()
    for command in tsc=node-typescript node=nodejs chromium=chromium; do
        command -v "${command%=*}" >/dev/null || missing+=("${command#*=}")
    done
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# need_python REQUIREMENT...: a virtual environment that has these, outside the tracked tree.
need_python() {
    command -v python3 >/dev/null || install_packages python3
    if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
        say "Making a Python environment in $venv ..."
        python3 -m venv --clear "$venv"
    fi
    # What was asked for stands in a file: asking pip again would take a second each time.
    local wanted="$venv/installed.txt" missing=() requirement
    for requirement in "$@"; do
        grep -qxF -- "$requirement" "$wanted" 2>/dev/null || missing+=("$requirement")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Installing ${missing[*]} ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${missing[@]}"
    printf '%s\n' "${missing[@]}" >>"$wanted"
}

# The folder of the recorded runs that come with apache-burr.
demo_data() {
    "$venv/bin/python" - <<'PYTHON'
import importlib.util, os
found = importlib.util.find_spec("burr")
print(os.path.join(found.submodule_search_locations[0], "tracking", "server", "demo_data"))
PYTHON
}
