#!/bin/sh
# Prints the Python that .venv is made with: the first that serves, and of several of one name one that was built with
# optimisations. Distributions build theirs so, who builds by hand often does not; all that the portal does takes a
# tenth more of the processor without.
ASK='
import sys, sysconfig, venv, ensurepip
if sys.version_info < (3, 11):
    sys.exit(2)
optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
sys.exit(0 if optimised or sys.base_prefix == "/usr" else 3)
'
IFS=:
for name in python3.11 python3 python3.12 python3.13; do
    plain=
    for folder in $PATH; do
        [ -x "$folder/$name" ] || continue
        "$folder/$name" -c "$ASK" 2>/dev/null
        case $? in
            0) echo "$folder/$name"; exit ;;
            3) plain=${plain:-$folder/$name} ;;
        esac
    done
    [ -z "$plain" ] || { echo "$plain"; exit; }
done
