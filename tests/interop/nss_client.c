// A client on NSS: nss_client HOST PORT [OFFER]. It offers h2 and http/1.1, or the names of OFFER, with commas between
// them ("-": none), takes any certificate, reads until the server ends the connection, and says on standard output what
// was negotiated or why nothing was.
#include <nspr.h>
#include <nss.h>
#include <ssl.h>
#include <sslproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const server_name = "localhost";

// Adds a name in its wire form.
static unsigned char* add_name(unsigned char* end, const char* name, size_t size) {
  *end = (unsigned char)size;
  memcpy(end + 1, name, size);
  return end + 1 + size;
}

// As NSS wants them: the name that it falls back to stands first here, and goes out last. Returns the size; 0 where
// there is no room for them.
static unsigned int write_protocols(unsigned char* out, size_t room, const char* offer) {
  const char* last = strrchr(offer, ',');
  unsigned char* end = out;
  const char* name = offer;
  last = last == NULL ? offer : last + 1;
  if (strlen(offer) + 1 > room) return 0;
  end = add_name(end, last, strlen(last));
  while (name != last) {
    const size_t size = strcspn(name, ",");
    end = add_name(end, name, size);
    name += size + 1;
  }
  return (unsigned int)(end - out);
}

static PRIntervalTime patience(void) { return PR_SecondsToInterval(20); }

static int fail(const char* what) {
  const PRErrorCode code = PR_GetError();
  const char* name = PR_ErrorToName(code);
  printf("%s: %s (%d)\n", what, name != NULL ? name : "unknown error", code);
  return EXIT_FAILURE;
}

static SECStatus trust_anybody(void* argument, PRFileDesc* socket, PRBool checks_signature, PRBool is_server) {
  (void)argument, (void)socket, (void)checks_signature, (void)is_server;
  return SECSuccess;
}

static PRFileDesc* connect_to(const char* host, const char* port) {
  PRNetAddr address;
  PRFileDesc* plain = NULL;
  if (PR_StringToNetAddr(host, &address) != PR_SUCCESS) return NULL;
  if (PR_SetNetAddr(PR_IpAddrNull, address.raw.family, (PRUint16)atoi(port), &address) != PR_SUCCESS) return NULL;
  plain = PR_OpenTCPSocket(address.raw.family);
  if (plain == NULL) return NULL;
  if (PR_Connect(plain, &address, patience()) == PR_SUCCESS) return plain;
  PR_Close(plain);
  return NULL;
}

static SECStatus set_offer(PRFileDesc* tls, const char* offer) {
  unsigned char protocols[256];
  const unsigned int size = write_protocols(protocols, sizeof protocols, offer);
  if (strcmp(offer, "-") == 0) return SSL_OptionSet(tls, SSL_ENABLE_ALPN, PR_FALSE);
  if (size == 0 || SSL_OptionSet(tls, SSL_ENABLE_ALPN, PR_TRUE) != SECSuccess) return SECFailure;
  return SSL_SetNextProtoNego(tls, protocols, size);
}

static PRFileDesc* prepare_tls(PRFileDesc* plain, const char* offer) {
  const SSLVersionRange versions = {SSL_LIBRARY_VERSION_TLS_1_2, SSL_LIBRARY_VERSION_TLS_1_3};
  PRFileDesc* tls = SSL_ImportFD(NULL, plain);
  if (tls == NULL) return NULL;
  if (SSL_VersionRangeSet(tls, &versions) != SECSuccess || set_offer(tls, offer) != SECSuccess ||
      SSL_SetURL(tls, server_name) != SECSuccess || SSL_AuthCertificateHook(tls, trust_anybody, NULL) != SECSuccess ||
      SSL_ResetHandshake(tls, PR_FALSE) != SECSuccess) {
    return NULL;
  }
  return tls;
}

static void report(PRFileDesc* tls) {
  SSLChannelInfo channel = {0};
  SSLNextProtoState state = SSL_NEXT_PROTO_NO_SUPPORT;
  unsigned char selected[256];
  unsigned int size = 0;
  if (SSL_GetChannelInfo(tls, &channel, sizeof channel) == SECSuccess) {
    printf("TLS 1.%d\n", channel.protocolVersion - SSL_LIBRARY_VERSION_TLS_1_0);
  }
  if (SSL_GetNextProto(tls, &state, selected, &size, sizeof selected) == SECSuccess &&
      state != SSL_NEXT_PROTO_NO_SUPPORT) {
    printf("selected: %.*s\n", (int)size, (const char*)selected);
  } else {
    printf("nothing selected\n");
  }
}

static int converse(PRFileDesc* tls) {
  char buffer[4096];
  PRInt32 size = 0;
  if (SSL_ForceHandshakeWithTimeout(tls, patience()) != SECSuccess) return fail("handshake");
  report(tls);
  do {
    size = PR_Recv(tls, buffer, sizeof buffer, 0, patience());
  } while (size > 0);
  return size == 0 ? EXIT_SUCCESS : fail("read");
}

int main(int count, char** arguments) {
  PRFileDesc* plain = NULL;
  PRFileDesc* tls = NULL;
  int status = EXIT_FAILURE;
  if (count != 3 && count != 4) return fprintf(stderr, "usage: nss_client HOST PORT [OFFER]\n"), 2;
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  if (NSS_NoDB_Init(NULL) != SECSuccess || NSS_SetDomesticPolicy() != SECSuccess) return fail("NSS");
  plain = connect_to(arguments[1], arguments[2]);
  if (plain == NULL) return fail("connect");
  tls = prepare_tls(plain, count == 4 ? arguments[3] : "h2,http/1.1");
  if (tls == NULL) {
    status = fail("TLS");
    PR_Close(plain);
  } else {
    status = converse(tls);
    PR_Close(tls);
  }
  return status;
}
