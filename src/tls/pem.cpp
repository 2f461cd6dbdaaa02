#include "tls/pem.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

namespace simplon::tls {

using Code = CertificateError::Code;

std::unexpected<CertificateError> failure(Code code, std::string_view file, std::string message) {
  ERR_clear_error();
  return std::unexpected(CertificateError{code, std::string(file), std::move(message)});
}

std::expected<std::string, CertificateError> read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  const int open_error = errno;
  if (!stream) {
    if (open_error == ENOENT || open_error == ENOTDIR) {
      return failure(Code::missing_file, path.native(),
                     "there is no such file; correct the path or put the file there");
    }
    return failure(Code::unreadable_file, path.native(),
                   std::string("can't be opened (") + std::strerror(open_error) +
                       "); let the user that runs this program (uid " + std::to_string(::geteuid()) +
                       ") read it, for example through its group: chgrp GROUP FILE, chmod 640 FILE");
  }
  if (std::filesystem::is_directory(path, ignored)) {
    return failure(Code::unreadable_file, path.native(), "is a directory; name the PEM file in it");
  }
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad()) {
    return failure(Code::unreadable_file, path.native(), "can't be read to its end; check the disk it is on");
  }
  return std::move(text).str();
}

BioOwner memory_bio(std::string_view text) {
  BioOwner bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

namespace {

// Whether the last PEM_read found no block of its kind, rather than a broken one.
bool ended_without_block() {
  const auto error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::expected<std::vector<X509Owner>, CertificateError> read_certificates(std::string_view text,
                                                                          std::string_view file) {
  const auto bio = memory_bio(text);
  std::vector<X509Owner> certificates;
  ERR_clear_error();
  while (X509Owner certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    certificates.push_back(std::move(certificate));
  }
  if (!ended_without_block()) {
    return failure(Code::broken_pem, file,
                   "certificate number " + std::to_string(certificates.size() + 1) +
                       " can't be decoded; copy the file again from where it was issued");
  }
  if (certificates.empty()) {
    return failure(Code::not_pem, file,
                   "holds no certificate in PEM form; it should begin with \"-----BEGIN CERTIFICATE-----\"");
  }
  ERR_clear_error();
  return certificates;
}

}  // namespace simplon::tls
