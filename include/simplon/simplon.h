/** @file
 * The C interface of libsimplon: reads ClientHellos, runs a server's ALPN policy and checks the answer to a client's
 * offer (RFC 7301), for C and for languages that call C. Link with -lsimplon.
 *
 * Objects are opaque, made by a function that says so and given back to the one that frees them. Nothing else is owned:
 * bytes and text that a function returns live as long as the object they were asked of, or as the program where
 * that is said. Sizes are in bytes. Functions may be called from any thread; an object that is not being freed may be
 * used from several at once. No C++ exception comes out.
 */
#ifndef SIMPLON_SIMPLON_H
#define SIMPLON_SIMPLON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a call: one of the constants of `simplon_status_code`. */
typedef int32_t simplon_status;

/** Values of `simplon_status`; those from 100 on say what is wrong with bytes from the wire, or with a name or list. */
enum simplon_status_code {
  SIMPLON_OK = 0,               /**< done */
  SIMPLON_NEED_MORE = 1,        /**< the ClientHello is not whole yet */
  SIMPLON_INVALID_ARGUMENT = 2, /**< a null pointer, or a value that is none of its constants */
  SIMPLON_OUT_OF_MEMORY = 3,    /**< nothing was made */
  SIMPLON_BUFFER_TOO_SMALL = 4, /**< the result does not fit the caller's buffer */
  SIMPLON_TOO_MANY_VALUES = 5,  /**< more cipher suites, extensions or signature schemes than are fingerprinted */
  SIMPLON_SHA256_FAILED = 6,    /**< the caller's SHA-256 did not make its digest */

  SIMPLON_EMPTY_NAME = 100,          /**< a protocol name of no bytes */
  SIMPLON_NAME_TOO_LONG = 101,       /**< a protocol name of more than 255 bytes */
  SIMPLON_EMPTY_LIST = 102,          /**< a protocol list without a name */
  SIMPLON_LIST_TOO_LONG = 103,       /**< a protocol list of more than 65,535 bytes */
  SIMPLON_LIST_LENGTH = 104,         /**< the list's length is not that of the extension's body */
  SIMPLON_TRUNCATED_NAME = 105,      /**< a name reaches beyond the list */
  SIMPLON_DUPLICATE_NAME = 106,      /**< the caller's own list names a protocol twice */
  SIMPLON_H2C_OFFERED = 107,         /**< the caller's own list names `h2c` (RFC 9113 section 3.2) */
  SIMPLON_ANSWER_NOT_SINGLE = 110,   /**< the server's answer holds more than one name */
  SIMPLON_ANSWER_NOT_OFFERED = 111,  /**< the server's answer is not among the names offered */
  SIMPLON_ANSWER_MISSING = 112,      /**< the server selected no protocol */
  SIMPLON_ANSWER_UNASKED = 113,      /**< the server selected a protocol without an offer */
  SIMPLON_NOT_TLS = 120,             /**< the first bytes are no TLS record */
  SIMPLON_ALERT_RECEIVED = 121,      /**< the first record is an alert */
  SIMPLON_UNEXPECTED_CONTENT = 122,  /**< another content type before the hello was whole */
  SIMPLON_EMPTY_RECORD = 123,        /**< a handshake record without a byte of handshake */
  SIMPLON_RECORD_TOO_LONG = 124,     /**< a record fragment of more than 16,384 bytes */
  SIMPLON_NOT_CLIENT_HELLO = 125,    /**< the first handshake message is of another type */
  SIMPLON_HELLO_TOO_LARGE = 126,     /**< the hello is larger than 65,536 bytes */
  SIMPLON_MALFORMED_HELLO = 127,     /**< the ClientHello's own fields do not add up */
  SIMPLON_DUPLICATE_EXTENSION = 128, /**< an extension type stands twice */
  SIMPLON_MALFORMED_EXTENSION = 129  /**< an extension's body does not add up */
};

/** One line for a person about `status`, in UTF-8, without a full stop; it lives as long as the program. */
const char *simplon_describe(simplon_status status);

/** The TLS alert (RFC 8446 section 6) that tells the peer of `status`; -1 where none does. */
int32_t simplon_alert_of(simplon_status status);

/** Bytes that somebody else owns; they may be any, and no zero follows them. `data` is null where there are none. */
typedef struct simplon_bytes {
  const uint8_t *data; /**< the first byte */
  size_t size;         /**< how many */
} simplon_bytes;

/** A ClientHello (RFC 8446 section 4.1.2) that was read and found well formed. */
typedef struct simplon_client_hello simplon_client_hello;

/** Reads the first `size` bytes of a connection, TLS records and all, however the hello is cut into them; whatever
 * follows it is not looked at. The bytes are copied, and are the caller's own again on return.
 * With SIMPLON_OK `*hello` is a new object, to be freed. Otherwise it is null: with SIMPLON_NEED_MORE at least `*more`
 * further bytes have to come before another call can say more; other values are errors. `more` may be null. */
simplon_status simplon_client_hello_read(const uint8_t *stream, size_t size, simplon_client_hello **hello,
                                         size_t *more);

/** Frees `hello` and everything that was asked of it; null is fine. */
void simplon_client_hello_free(simplon_client_hello *hello);

/** The server name (RFC 6066 section 3) in lower case without a trailing dot; none where the client sent none, or
 * something that is no host name. */
simplon_bytes simplon_client_hello_server_name(const simplon_client_hello *hello);

/** How many protocols the client offers (RFC 7301 section 3.1), duplicates and GREASE included; 0 where it sent no ALPN
 * extension, for the list of one that did is never empty. */
size_t simplon_client_hello_protocol_count(const simplon_client_hello *hello);

/** The name at `index` of the client's offer, most preferred first, 1 to 255 bytes; none past the last. Takes time
 * linear in `index`. */
simplon_bytes simplon_client_hello_protocol(const simplon_client_hello *hello, size_t index);

/** A buffer of so many bytes holds the raw JA4 fingerprint of every hello, its final zero included. */
#define SIMPLON_JA4_RAW_SIZE 7691

/** Writes the raw form of the JA4 fingerprint (JA4_r) and a zero to `buffer`, which has room for `capacity` bytes. Fails
 * with SIMPLON_BUFFER_TOO_SMALL or SIMPLON_TOO_MANY_VALUES; the buffer's content is unspecified then. */
simplon_status simplon_client_hello_ja4_raw(const simplon_client_hello *hello, char *buffer, size_t capacity);

/** SHA-256 (FIPS 180-4 section 6.2) from whatever library the caller has: writes the 32 bytes of the digest of `input`,
 * which has `size` bytes, to `digest`, and returns 0; anything else is a failure. `context` is the caller's own. It
 * must return: neither longjmp nor an exception may leave it. */
typedef int32_t (*simplon_sha256)(void *context, const uint8_t *input, size_t size, uint8_t *digest);

/** A JA4 fingerprint, such as "t13d1516h2_8daaf6152771_e5627efa2ab1", and its final zero, in bytes. */
#define SIMPLON_JA4_SIZE 37

/** Writes the JA4 fingerprint and a zero to `buffer`, which has room for `capacity` bytes. `sha256` is called with
 * `context`, which may be null, before this returns. Fails with SIMPLON_BUFFER_TOO_SMALL, SIMPLON_TOO_MANY_VALUES or
 * SIMPLON_SHA256_FAILED; the buffer's content is unspecified then. */
simplon_status simplon_client_hello_ja4(const simplon_client_hello *hello, simplon_sha256 sha256, void *context,
                                        char *buffer, size_t capacity);

/** Whose preference decides between protocols that both sides have: values of `int32_t order`. */
enum simplon_order {
  SIMPLON_ORDER_SERVER = 0, /**< the server's, as RFC 7301 section 3.2 expects */
  SIMPLON_ORDER_CLIENT = 1  /**< the client's */
};

/** What becomes of an offer that has nothing in common with the server's list: values of `int32_t mismatch`. */
enum simplon_mismatch {
  SIMPLON_MISMATCH_REJECT = 0, /**< alert 120, as RFC 7301 section 3.2 demands */
  SIMPLON_MISMATCH_IGNORE = 1, /**< the handshake goes on without ALPN, which RFC 7301 does not allow */
  SIMPLON_MISMATCH_REPORT = 2  /**< likewise, and `would_reject` says so */
};

/** A server's policy: its protocols, whose order decides, and what a mismatch leads to. It never changes. */
typedef struct simplon_policy simplon_policy;

/** Makes a policy of `count` protocol names, most preferred first, which are copied. With SIMPLON_OK `*policy` is a new
 * object, to be freed; otherwise it is null, and the status says what is wrong with the list. */
simplon_status simplon_policy_create(const simplon_bytes *names, size_t count, int32_t order, int32_t mismatch,
                                     simplon_policy **policy);

/** Frees `policy`; null is fine. */
void simplon_policy_free(simplon_policy *policy);

/** What to do about an offer: values of `simplon_outcome::verdict`. */
enum simplon_verdict {
  SIMPLON_SELECTED = 0, /**< answer with `selected` */
  SIMPLON_DECLINED = 1, /**< go on without an ALPN extension in the answer */
  SIMPLON_REJECTED = 2  /**< end the handshake with `alert` */
};

/** What a policy makes of one offer. */
typedef struct simplon_outcome {
  int32_t verdict;        /**< one of `simplon_verdict` */
  int32_t alert;          /**< the fatal alert to send with SIMPLON_REJECTED; -1 otherwise */
  simplon_bytes selected; /**< the name with SIMPLON_SELECTED, always one that was offered; it lives as long as the policy */
  const char *section;    /**< the standard that it follows from, such as "RFC 7301 §3.2", as long as the program */
  int32_t would_reject;   /**< 1 where SIMPLON_MISMATCH_REPORT let through what would be rejected; 0 otherwise */
  int32_t mismatch;       /**< 1 where the client offered and nothing is in common, whatever came of it; 0 otherwise */
} simplon_outcome;

/** Judges the offer of `hello`; one without ALPN is declined. Writes `*outcome` with SIMPLON_OK only. */
simplon_status simplon_policy_select(const simplon_policy *policy, const simplon_client_hello *hello,
                                     simplon_outcome *outcome);

/** Judges an offer as TLS libraries hand it to their selection callbacks: `size` bytes of names, each behind its length
 * of one byte. Fails with what is wrong with the list; `simplon_alert_of` the status is what to answer. */
simplon_status simplon_policy_select_names(const simplon_policy *policy, const uint8_t *names, size_t size,
                                           simplon_outcome *outcome);

/** What a client offers: its protocols, most preferred first. It never changes. */
typedef struct simplon_offer simplon_offer;

/** Makes an offer of `count` protocol names, most preferred first, which are copied. With SIMPLON_OK `*offer` is a new
 * object, to be freed; otherwise it is null, and the status says what is wrong with the list. */
simplon_status simplon_offer_create(const simplon_bytes *names, size_t count, simplon_offer **offer);

/** Frees `offer`; null is fine. */
void simplon_offer_free(simplon_offer *offer);

/** The names as most TLS libraries take them, such as SSL_set_alpn_protos: each behind its length of one byte. */
simplon_bytes simplon_offer_names(const simplon_offer *offer);

/** Judges the server's answer to `offer` (RFC 7301 section 3.1), null where the client offered nothing: `size` bytes at
 * `body`, the body of its ALPN extension; null where it sent none. With SIMPLON_OK `*selected` is the one name of the
 * answer, which lives as long as the offer; otherwise it is none. Every other status ends the handshake with
 * `simplon_alert_of` it: what is wrong with the list, SIMPLON_ANSWER_NOT_SINGLE, SIMPLON_ANSWER_NOT_OFFERED,
 * SIMPLON_ANSWER_UNASKED, and SIMPLON_ANSWER_MISSING, which only a client that can do without a protocol may let pass. */
simplon_status simplon_offer_check(const simplon_offer *offer, const uint8_t *body, size_t size,
                                   simplon_bytes *selected);

/** Likewise for what a TLS library says was selected, as SSL_get0_alpn_selected does: `size` bytes of one name; null or
 * no bytes where the server selected none. */
simplon_status simplon_offer_check_name(const simplon_offer *offer, const uint8_t *name, size_t size,
                                        simplon_bytes *selected);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
