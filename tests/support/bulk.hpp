// More than all buffers between two ends hold.
#pragma once

#include <string>

namespace simplon::test {

/// 64 MiB, of which the kernel's buffers of a connection through the gateway take no more than two thirds. No two
/// places of it are alike, so that nothing lost, doubled or swapped goes unnoticed.
const std::string& bulk();

}  // namespace simplon::test
