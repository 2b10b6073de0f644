#ifndef MAYFLY_CA_MODEL_HOST_KEYS_H_
#define MAYFLY_CA_MODEL_HOST_KEYS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace mayfly::model {

// SHA-256 over the public key blobs of an enrolment, sorted, each as an SSH string: what a cloud's
// document is made out for, where the cloud lets us say.
Sha256Digest HostKeysDigest(std::vector<Bytes> blobs);

// The audience that an instance of Google Cloud has its token made for: the CA and the host keys,
// so that the token is good for no other. "mayfly:host:" and 64 hex digits.
std::string EnrolmentAudience(std::string_view ca_id, const Sha256Digest& host_keys);

// The digest as Azure's nonce: ten decimal digits, of its first eight bytes. They bind the document
// to the keys as far as 33 bits go.
std::string AzureNonce(const Sha256Digest& host_keys);

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_HOST_KEYS_H_
