// What is in order line by line and still leaves open who somebody is.
#ifndef MAYFLY_CA_CONFIG_AMBIGUITY_H_
#define MAYFLY_CA_CONFIG_AMBIGUITY_H_

#include "document/diagnostic.h"
#include "document/source_map.h"
#include "mayfly/v1/config.pb.h"

namespace mayfly::config {

// Refuses workloads that bring their own names into a realm of people, and two authenticators that
// take the same tokens: one issuer's, for one audience. Mistakes go to `errors`, each at its place.
void CheckAmbiguity(const v1::ConfigFile& file, const document::SourceMap& map,
                    document::Diagnostics& errors);

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_AMBIGUITY_H_
