// SPDX-License-Identifier: Apache-2.0
#include "mapping/library.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mapping {

namespace files = std::filesystem;

base::Result<Library> load_library(const Folders& folders, const fhir::schema::Schema& schema) {
    auto codes = std::make_unique<terminology::ConceptMaps>();
    terminology::Naming naming(folders.local_base);
    for (const std::string& folder : folders.vocabulary) {
        TRY(codes->load(folder));
        const std::string systems = folder + "/naming-systems.tsv";
        if (files::exists(systems)) { TRY(naming.load(systems)); }
    }
    std::vector<MapText> maps;
    for (const std::string& folder : folders.maps) {
        std::error_code failed;
        std::vector<files::path> found;
        for (files::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
            if (at->path().extension() == ".map") found.push_back(at->path());
        if (failed) return base::Fault{base::Fault::Kind::missing, "cannot read the folder " + folder};
        std::sort(found.begin(), found.end());
        for (const files::path& path : found) {
            std::ifstream in(path, std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(in), {}};
            TRY(std::vector<MapText> read, read_maps(files::relative(path, folder).string(), text));
            for (MapText& map : read) maps.push_back(std::move(map));
        }
    }
    TRY(Program program, Program::compile(std::move(maps), schema, *codes));
    return Library{std::move(codes), std::move(naming), std::move(program)};
}

}  // namespace mapping
