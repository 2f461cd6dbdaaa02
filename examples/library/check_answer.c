/* Whether a client may go on, in C: check_answer NAME, with what the server selected for one that offers h2 and
 * http/1.1. */
#include <simplon/simplon.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  simplon_bytes names[] = {{(const uint8_t *)"h2", 2}, {(const uint8_t *)"http/1.1", 8}};
  simplon_offer *offer = NULL;
  if (simplon_offer_create(names, 2, &offer) != SIMPLON_OK) return 3;

  /* Before the handshake the TLS library takes simplon_offer_names(offer), OpenSSL through SSL_set_alpn_protos; after it
   * says what the server selected, OpenSSL through SSL_get0_alpn_selected. */
  const uint8_t *answer = argc == 2 ? (const uint8_t *)argv[1] : NULL;
  size_t size = argc == 2 ? strlen(argv[1]) : 0;

  simplon_bytes selected;
  simplon_status status = simplon_offer_check_name(offer, answer, size, &selected);
  if (status == SIMPLON_OK)
    printf("goes on with %.*s\n", (int)selected.size, (const char *)selected.data);
  else
    printf("%s: alert %d\n", simplon_describe(status), (int)simplon_alert_of(status));
  simplon_offer_free(offer);
  return status == SIMPLON_OK ? 0 : 1;
}
