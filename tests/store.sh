#!/bin/sh
# store.sh: the sample logs read into one store, which sessions only read.

rm -rf "$BUILD/lab-store"
"$MAILTRACE" ingest fixtures/lab/logs --quiet \
    --config fixtures/lab/mailtrace.conf --store "$BUILD/lab-store"
