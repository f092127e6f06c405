#!/bin/sh
# keep.sh COMMAND …: start the command again when it is killed; give up when it keeps failing at once.
# honcho ends everything as soon as one process ends, which is too much for a worker that ran out of memory.
stopped= child= short=0
trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT HUP

while [ -z "$stopped" ]; do
    began=$(date +%s)
    "$@" &
    child=$!
    wait "$child"
    code=$?
    # A signal of our own cuts `wait` short: the command still has to finish.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        code=$?
    done
    [ -n "$stopped" ] || [ "$code" -eq 0 ] && break
    short=$((short + 1))
    [ $(($(date +%s) - began)) -lt 10 ] || short=1
    if [ "$short" -ge 4 ]; then
        echo "$1 ended $short times in a row (status $code)." >&2
        exit "$code"
    fi
    echo "$1 ended (status $code) and is started again." >&2
    sleep 1
done
