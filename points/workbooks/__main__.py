import sys

from points.workbooks.child import main

main(*sys.argv[1:])
