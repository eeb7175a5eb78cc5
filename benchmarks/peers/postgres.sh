# A PostgreSQL server of the run's own, for run-peers: default durability, loopback only, removed with the temporary folder.
# It serves all servers of a run, each with a database of its own.

pg_bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
pg_port=${PG_PORT:-$((port + 1))}
pg_user=peers
pg_pid=

# PostgreSQL refuses to run as root.
as_pg() {
  if ((EUID == 0)); then
    local user=nobody
    ! id postgres >/dev/null 2>&1 || user=postgres
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
  fi
  exec "$@"
}

start_postgres() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$pg_port") 2>/dev/null; then
    echo "port $pg_port is taken" >&2
    return 1
  fi
  local data=$work/postgres
  mkdir -m 777 "$data" # initdb makes its own folder in it
  (cd "$data" && as_pg "$pg_bin/initdb" -D "$data/db" -U "$pg_user" -A trust -E UTF8 --locale=C.UTF-8 >"$data/initdb.out" 2>&1) ||
    { tail -n 20 "$data/initdb.out" >&2; return 1; }
  (cd "$data" && as_pg "$pg_bin/postgres" -D "$data/db" -p "$pg_port" -k '' -c listen_addresses=127.0.0.1 >"$data/out" 2>&1) &
  pg_pid=$!
  local deadline=$((SECONDS + 30))
  until "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$pg_port"; do
    if ! kill -0 "$pg_pid" 2>/dev/null || ((SECONDS > deadline)); then
      echo "PostgreSQL did not start:" >&2
      tail -n 20 "$data/out" >&2
      return 1
    fi
    sleep 0.2
  done
}

pg() { "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pg_port" -U "$pg_user" "$@"; }

# make_database NAME [SCHEMA]: an empty one; what earlier servers wrote is on disk before the next one is measured.
make_database() {
  pg -d postgres -c "drop database if exists $1" -c "create database $1" -c checkpoint
  [[ ! ${2-} ]] || pg -d "$1" -f "$2" >/dev/null
}

stop_postgres() {
  [[ $pg_pid ]] || return 0
  kill -INT "$pg_pid" 2>/dev/null || true # fast shutdown
  wait "$pg_pid" 2>/dev/null || true
  pg_pid=
}
