#!/bin/sh
# Copies a gateway's data directory while the gateway runs:
#
#     backup.sh record /var/lib/sallyport DESTINATION    the ledger and the recordings
#     backup.sh keys /var/lib/sallyport DESTINATION      what opens them: keep it apart from the record
#
# Run again into the same destination it copies what is new. The store is not in it: docs/backup.md.
set -eu
umask 077
if [ $# -ne 3 ] || [ ! -d "$2" ]; then
  echo "Usage: $0 record|keys DATA-DIRECTORY DESTINATION" >&2
  exit 2
fi
what=$1
data=$2
destination=$3
mkdir -p "$destination"
case $what in
  record)
    # What is signed first: no checkpoint of the copy may speak of entries that were not there yet.
    find "$data/ledger" -name checkpoints -o -name key-changes -o -name checkpoint | while read -r file; do
      to=$destination/${file#"$data"/}
      mkdir -p "$(dirname "$to")"
      cp -p "$file" "$to" || [ ! -e "$file" ]
    done
    (cd "$data" && find ledger -type f ! -name checkpoints ! -name key-changes ! -name checkpoint) |
      while read -r file; do
        mkdir -p "$destination/$(dirname "$file")"
        # Files are written under another name and renamed: that one may be gone.
        cp -p "$data/$file" "$destination/$file" || [ ! -e "$data/$file" ]
      done
    # Last: every part that the copied ledger has a digest of is in them.
    [ ! -d "$data/recordings" ] || cp -Rp "$data/recordings" "$destination/"
    ;;
  keys)
    cp -Rp "$data/keys" "$destination/"
    [ ! -f "$data/masking.key" ] || cp -p "$data/masking.key" "$destination/"
    # Without it a restored gateway would once more take all rows of its store that have no seal.
    [ ! -f "$data/store-sealed" ] || cp -p "$data/store-sealed" "$destination/"
    ;;
  *)
    echo "$0: $what is neither record nor keys" >&2
    exit 2
    ;;
esac
