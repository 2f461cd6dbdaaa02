#!/usr/bin/env bash
# script/check-layers refuses each kind of wrong include, and nothing else.
#   check_layers_test.sh PATH-OF-CHECK-LAYERS
set -euo pipefail
check=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree"/src/{alpn,route,tls,net,adapters,stray} "$tree"/include/simplon/{alpn,adapters} "$tree"/bench/overhead "$tree"/examples
echo 'simplon_subdirectories(alpn route tls net adapters)' >"$tree/src/CMakeLists.txt"

failures=0
# expect STATUS FILE LINE [PATTERN]: with FILE holding only LINE, the check ends so, and names the file and PATTERN.
expect() {
  local status=0 output
  printf '// A comment.\n%s\n' "$3" >"$tree/$2"
  output=$("$check" "$tree" 2>&1) || status=$?
  rm "$tree/$2"
  if { [ "$1" = refused ] && [ $status -ne 0 ] && [[ $output == "$2:2: "*"$4"* ]]; } ||
    { [ "$1" = accepted ] && [ $status -eq 0 ] && [ -z "$output" ]; }; then
    return
  fi
  echo "$2 with $3 should be $1; status $status, output: $output"
  failures=$((failures + 1))
}

expect accepted src/route/a.cpp '#include "route/a.hpp"'
expect accepted src/route/a.cpp '#include "a.hpp"'
expect accepted src/route/a.cpp '#include "simplon/alpn/offer.hpp"'
expect accepted src/route/a.cpp '#include <vector>'
expect accepted src/net/a.cpp '#include "tls/a.hpp"'
expect accepted src/net/a.cpp '#include <chrono>'
expect accepted src/net/a.cpp '#include <boost/asio/ip/tcp.hpp>'
expect accepted src/tls/a.cpp '#include <openssl/ssl.h>'
expect accepted src/adapters/openssl.cpp '#include <openssl/ssl.h>'
expect accepted include/simplon/adapters/openssl.hpp '#include <openssl/ssl.h>'
expect accepted examples/a.cpp '#include <openssl/ssl.h>'
expect accepted include/simplon/alpn/a.hpp '#include "simplon/alpn/b.hpp"'
expect accepted bench/a.cpp '#include "net/a.hpp"'
expect accepted bench/overhead/a.cpp '#include <openssl/ssl.h>'
expect accepted include/simplon/simplon.h '#include <stdint.h>'
expect accepted examples/a.c '#include <openssl/ssl.h>'

expect refused src/route/a.cpp '#include "net/a.hpp"' 'net lies above route'
expect refused src/alpn/a.cpp '  #  include "simplon/route/a.hpp"' 'route lies above alpn'
expect refused src/net/a.cpp '#include "stray/a.hpp"' 'stray is no layer'
expect refused src/net/a.cpp '#include "../alpn/a.hpp"' 'from the root'
expect refused src/net/a.cpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused bench/a.cpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused src/adapters/asio.cpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused src/net/openssl.cpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused include/simplon/alpn/openssl.hpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused include/simplon/adapters/openssl_more.hpp '#include <openssl/ssl.h>' 'only src/tls/'
expect refused src/alpn/a.cpp '#include <boost/asio.hpp>' 'standard library only'
expect refused src/route/a.cpp '#include <unistd.h>' 'standard library only'
expect refused src/route/a.cpp '#include <chrono>' 'clock'
expect refused include/simplon/alpn/a.hpp '#include "alpn/a.hpp"' 'public headers only'
expect refused include/simplon/simplon.h '#include "alpn/a.hpp"' 'public headers only'
expect refused include/simplon/simplon.h '#include <openssl/ssl.h>' 'only src/tls/'
expect refused src/alpn/a.h '#include <unistd.h>' 'standard library only'
expect refused src/route/a.c '#include "net/a.h"' 'net lies above route'
expect refused bench/a.c '#include <openssl/ssl.h>' 'only src/tls/'

# A folder that src/CMakeLists.txt does not name.
echo '#include <vector>' >"$tree/src/stray/a.cpp"
if output=$("$check" "$tree" 2>&1) || [[ $output != *"does not name the layer stray"* ]]; then
  echo "a stray folder should be refused; output: $output"
  failures=$((failures + 1))
fi

[ $failures -eq 0 ]
