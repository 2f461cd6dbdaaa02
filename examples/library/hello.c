/* Reads a ClientHello and answers it, in C: hello FILE, with the first bytes of a TLS connection in it. */
#include <simplon/simplon.h>
#include <stdio.h>

static simplon_bytes name_of(const char *text, size_t size) {
  simplon_bytes bytes = {(const uint8_t *)text, size};
  return bytes;
}

int main(int argc, char **argv) {
  static uint8_t stream[98304];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    fputs("usage: hello FILE\n", stderr);
    return 2;
  }
  size_t size = fread(stream, 1, sizeof stream, file);
  fclose(file);

  simplon_client_hello *hello = NULL;
  size_t more = 0;
  simplon_status status = simplon_client_hello_read(stream, size, &hello, &more);
  if (status != SIMPLON_OK) {
    fprintf(stderr, "%s (%zu bytes more at least; alert %d)\n", simplon_describe(status), more,
            (int)simplon_alert_of(status));
    return 1;
  }
  simplon_bytes server_name = simplon_client_hello_server_name(hello);
  printf("server name  %.*s\n", (int)server_name.size, server_name.data ? (const char *)server_name.data : "");
  for (size_t i = 0; i < simplon_client_hello_protocol_count(hello); ++i) {
    simplon_bytes name = simplon_client_hello_protocol(hello, i);
    printf("offers       %.*s\n", (int)name.size, (const char *)name.data);
  }
  char ja4[SIMPLON_JA4_RAW_SIZE];
  if (simplon_client_hello_ja4_raw(hello, ja4, sizeof ja4) == SIMPLON_OK) printf("JA4, raw     %s\n", ja4);

  simplon_bytes names[] = {name_of("h2", 2), name_of("http/1.1", 8)};
  simplon_policy *policy = NULL;
  simplon_outcome outcome;
  status = simplon_policy_create(names, 2, SIMPLON_ORDER_SERVER, SIMPLON_MISMATCH_REJECT, &policy);
  if (status == SIMPLON_OK) status = simplon_policy_select(policy, hello, &outcome);
  if (status == SIMPLON_OK && outcome.verdict == SIMPLON_SELECTED)
    printf("selected     %.*s\n", (int)outcome.selected.size, (const char *)outcome.selected.data);
  if (status == SIMPLON_OK && outcome.verdict == SIMPLON_REJECTED)
    printf("rejected     alert %d (%s)\n", (int)outcome.alert, outcome.section);
  simplon_policy_free(policy);
  simplon_client_hello_free(hello);
  return status == SIMPLON_OK ? 0 : 1;
}
