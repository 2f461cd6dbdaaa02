/* Prints the JA4 fingerprint of a ClientHello: fingerprint FILE, with the first bytes of a TLS connection in it. */
#include <openssl/evp.h>
#include <simplon/simplon.h>
#include <stdio.h>

/* The library has no cryptography of its own: OpenSSL's, as everything that a program has already, will do. */
static int32_t sha256(void *context, const uint8_t *input, size_t size, uint8_t *digest) {
  (void)context;
  return EVP_Digest(input, size, digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : 1;
}

int main(int argc, char **argv) {
  static uint8_t stream[98304];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    fputs("usage: fingerprint FILE\n", stderr);
    return 2;
  }
  size_t size = fread(stream, 1, sizeof stream, file);
  fclose(file);

  simplon_client_hello *hello = NULL;
  char ja4[SIMPLON_JA4_SIZE];
  simplon_status status = simplon_client_hello_read(stream, size, &hello, NULL);
  if (status == SIMPLON_OK) status = simplon_client_hello_ja4(hello, sha256, NULL, ja4, sizeof ja4);
  simplon_client_hello_free(hello);
  if (status != SIMPLON_OK) {
    fprintf(stderr, "%s\n", simplon_describe(status));
    return 1;
  }
  puts(ja4);
  return 0;
}
