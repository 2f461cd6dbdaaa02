# Completion of simplon for bash. tests/packaging holds it against `simplon --help`.
# shellcheck shell=bash

_simplon() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='serve check explain decode report probe conform version --help --version'
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case $previous in
    --tls) words='1.2 1.3' ;;
    --fail-on) words='note warning error' ;;
    -c | --config | --cert | --key | --ca | --list | --deviations | --junit)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    # What these take is not to be guessed.
    --listen | --http | --sni | --alpn | --listener | --concurrency | --timeout | --rate | --case) return ;;
    *)
      case $command in
        serve) words='--help --config --listen --cert --key --http' ;;
        check) words='--help --config' ;;
        explain) words='--help --config --sni --alpn --tls --listener --json' ;;
        decode | report) words='--help --json' ;;
        probe)
          words='--help --list --sni --ca --alpn --concurrency --timeout --rate --fail-on --json --ndjson'
          ;;
        conform)
          words='--help --list-cases --client --listen --cert --key --verbose --sni --alpn --case --deviations --timeout'
          words+=' --json --junit'
          ;;
        version) words='--help' ;;
      esac
      case $command in
        decode | report)
          if [ "${current#-}" = "$current" ]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
          fi
          ;;
        probe | conform)
          if [ "${current#-}" = "$current" ]; then
            mapfile -t COMPREPLY < <(compgen -A hostname -- "$current")
            return
          fi
          ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _simplon simplon
