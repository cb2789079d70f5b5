# Sourced by the other scripts: makes .venv and installs what is missing, once per change of the pins.
# Usage: . scripts/venv.sh EXTRAS
cd "$(dirname "$0")/.." || exit 1

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    echo "Python 3.11, 3.12 or 3.13 is needed and none was found; set PYTHON to its path" >&2
    return 1
}

ensure_venv() {
    extras=$1
    stamp=.venv/installed-$(echo "$extras" | tr ',' '-')
    wanted=$(cat pyproject.toml constraints.txt | cksum)
    if [ ! -x .venv/bin/python ]; then
        python=$(find_python) || exit 1
        echo "making .venv with $python" >&2
        "$python" -m venv .venv || exit 1
    fi
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        echo "installing vitalward[$extras] into .venv" >&2
        .venv/bin/python -m pip install -qq --disable-pip-version-check \
            --constraint constraints.txt --editable ".[$extras]" || exit 1
        echo "$wanted" > "$stamp"
    fi
}
