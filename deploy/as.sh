#!/bin/sh
# as.sh web|owner COMMAND …: run a command of a portal that was set up as docs/operations.md says, for example
#
#     deploy/as.sh owner python manage.py backup
#
# with the settings of /etc/portal.env and, as the owner of the tables, those of /etc/portal-owner.env on top; as the user
# `portal`, in the portal's folder. Called by root, since nobody else reads the owner's file. Lines are taken as
# systemd takes them, NAME=value, and nothing in a value means anything to a shell.
# PORTAL_ENV, PORTAL_OWNER_ENV and PORTAL_USER name other files and another user.
set -eu
usage() { echo "usage: as.sh web|owner COMMAND …" >&2; exit 2; }
[ $# -ge 2 ] || usage
role=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
user=${PORTAL_USER:-portal}

read_settings() {
    [ -r "$1" ] || { echo "$1 cannot be read." >&2; exit 1; }
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '' | '#'* | ';'*) ;;
            [A-Za-z_]*=*) export "$line" ;;
            *) echo "$1 has a line that is no NAME=value." >&2; exit 1 ;;
        esac
    done < "$1"
}

unset PYTHONDONTWRITEBYTECODE
case $role in
    web) read_settings "${PORTAL_ENV:-/etc/portal.env}" ;;
    owner) read_settings "${PORTAL_ENV:-/etc/portal.env}"; read_settings "${PORTAL_OWNER_ENV:-/etc/portal-owner.env}" ;;
    *) usage ;;
esac
cd "$root"
export PATH="$root/.venv/bin:$PATH" HOME="$root"
[ "$(id -u)" -eq 0 ] || exec "$@"
exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups -- "$@"
