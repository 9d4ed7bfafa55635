# Called by folders.yaml: prints each file's name, the number of its rows and their mean.
# folders.yaml lists this script under `code:`, so editing it reruns the stage that calls it.
set -eu
for file in "$1"/*.csv; do
    awk -F, -v city="$(basename "$file" .csv)" '
        { sum += $2 }
        END { printf "%s: %d months, %.2f degrees on average\n", city, NR, sum / NR }
    ' "$file"
done
