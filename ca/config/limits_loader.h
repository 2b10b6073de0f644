#ifndef MAYFLY_CA_CONFIG_LIMITS_LOADER_H_
#define MAYFLY_CA_CONFIG_LIMITS_LOADER_H_

#include "ca/model/limits.h"
#include "document/source_map.h"
#include "mayfly/v1/config.pb.h"

namespace mayfly::config {

// Reads the section `limits`; what it leaves out keeps its default. Mistakes go to `errors`.
model::Limits LoadLimits(const v1::ConfigLimits& from, const document::SourceMap& map,
                         document::Diagnostics& errors);

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_LIMITS_LOADER_H_
