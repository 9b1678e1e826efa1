// SPDX-License-Identifier: Apache-2.0
#include "fhir/schema/mapping.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fhir::schema {

base::Result<Mapping> Mapping::open(const std::string& path) {
    const auto missing = [&] {
        return base::Fault{base::Fault::Kind::missing, path + " cannot be read: " + std::strerror(errno)};
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return missing();
    Mapping mapping;
    struct stat facts {};
    if (fstat(file, &facts) == 0 && facts.st_size > 0) {
        mapping.size_ = static_cast<std::size_t>(facts.st_size);
        void* start = mmap(nullptr, mapping.size_, PROT_READ, MAP_SHARED, file, 0);
        if (start == MAP_FAILED) {
            const auto fault = missing();
            mapping.size_ = 0;
            ::close(file);
            return fault;
        }
        mapping.start_ = start;
    }
    ::close(file);
    return mapping;
}

Mapping::Mapping(Mapping&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    return *this;
}

Mapping::~Mapping() {
    if (start_ != nullptr) munmap(start_, size_);
}

}  // namespace fhir::schema
