#include "collector/tls_certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"

namespace vdiwatch::collector {
namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>>;
using NamePtr = std::unique_ptr<GENERAL_NAME, FreeBy<GENERAL_NAME_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;

struct Extension {
  int nid;
  const char* value;
};

// RFC 5280 §4.2.1.
std::vector<Extension> ExtensionsOf(CertificateUse use) {
  switch (use) {
    case CertificateUse::kAuthority:
      return {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
              {NID_key_usage, "critical,keyCertSign,cRLSign"},
              {NID_subject_key_identifier, "hash"}};
    case CertificateUse::kServer:
      return {{NID_basic_constraints, "critical,CA:FALSE"},
              {NID_key_usage, "critical,digitalSignature"},
              {NID_ext_key_usage, "serverAuth"},
              {NID_subject_key_identifier, "hash"},
              {NID_authority_key_identifier, "keyid:always"}};
    case CertificateUse::kClient:
      return {{NID_basic_constraints, "critical,CA:FALSE"},
              {NID_key_usage, "critical,digitalSignature"},
              {NID_ext_key_usage, "clientAuth"},
              {NID_authority_key_identifier, "keyid:always"}};
  }
  return {};
}

bool AddExtensions(X509* certificate, X509* issuer, CertificateUse use) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  return std::ranges::all_of(ExtensionsOf(use), [&](const Extension& wanted) {
    ExtensionPtr made(X509V3_EXT_conf_nid(nullptr, &context, wanted.nid, wanted.value));
    return made && X509_add_ext(certificate, made.get(), -1) == 1;
  });
}

std::string AddressBytes(const std::string& name) {
  char bytes[16];
  if (inet_pton(AF_INET, name.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, name.c_str(), bytes) == 1) return std::string(bytes, 16);
  return {};
}

bool IsDnsName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*_";
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

NamePtr AlternativeName(const std::string& name) {
  std::string address = AddressBytes(name);
  const std::string& bytes = address.empty() ? name : address;
  NamePtr made(GENERAL_NAME_new());
  ASN1_STRING* text =
      ASN1_STRING_type_new(address.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  if (!made || !text) return ASN1_STRING_free(text), nullptr;
  ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(made.get(), address.empty() ? GEN_DNS : GEN_IPADD, text);
  return made;
}

Result<void> AddNames(X509* certificate, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  NamesPtr list(GENERAL_NAMES_new());
  for (const std::string& name : names) {
    if (AddressBytes(name).empty() && !IsDnsName(name)) {
      return Invalid(fmt::format("'{}' is neither a DNS name nor an IP address", name));
    }
    NamePtr made = AlternativeName(name);
    if (!made || sk_GENERAL_NAME_push(list.get(), made.get()) == 0) return Internal(TakeTlsError());
    made.release();  // the list owns it now
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return Internal(TakeTlsError());
  }
  return {};
}

bool SetSerial(X509* certificate) {
  std::string bytes = RandomBytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x7f) | 0x40);  // positive, and always 16 bytes long
  NumberPtr number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), 16, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool SetSubject(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                    MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool SetTimes(X509* certificate, Time not_before, Time not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), ToUnix(not_before)) &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), ToUnix(not_after));
}

}  // namespace

KeyPtr NewKey() { return KeyPtr(EVP_EC_gen("P-256")); }

Result<CertificatePtr> SignCertificate(const CertificateText& text, EVP_PKEY* key,
                                       const Issuer& issuer) {
  CertificatePtr made(X509_new());
  X509* authority = issuer.certificate ? issuer.certificate : made.get();
  bool filled = made && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                SetSerial(made.get()) && SetSubject(made.get(), text.common_name) &&
                X509_set_issuer_name(made.get(), X509_get_subject_name(authority)) == 1 &&
                SetTimes(made.get(), text.not_before, text.not_after) &&
                X509_set_pubkey(made.get(), key) == 1 &&
                AddExtensions(made.get(), authority, text.use);
  if (!filled) {
    return Internal(
        fmt::format("cannot make a certificate for '{}': {}", text.common_name, TakeTlsError()));
  }
  RETURN_IF_ERROR(AddNames(made.get(), text.names));
  if (X509_sign(made.get(), issuer.key, EVP_sha256()) == 0) {
    return Internal(
        fmt::format("cannot sign a certificate for '{}': {}", text.common_name, TakeTlsError()));
  }
  return made;
}

}  // namespace vdiwatch::collector
