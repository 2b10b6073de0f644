// The smallest way to write a set of serials into a revocation list.
#ifndef MAYFLY_SSH_KRL_SERIALS_H_
#define MAYFLY_SSH_KRL_SERIALS_H_

#include <vector>

#include "ssh/krl_document.h"
#include "ssh/serial_set.h"

namespace mayfly::ssh {

// Chooses for each range of `serials` between the list, a section of its own and a bitmap shared
// with its neighbours, such that the bytes are fewest: no other encoding that keeps ranges whole is
// smaller. At most one list, which comes first, then ranges and bitmaps in rising order. No bitmap
// has more than kMaxBitmapBits. O(n): a million serials take some tens of milliseconds.
std::vector<CertificatesPart> EncodeSerials(const SerialSet& serials);

// How many bytes a part takes, with its type and length.
size_t EncodedSize(const CertificatesPart& part);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_SERIALS_H_
