# cmake -DINPUT=file -DOUTPUT=file.cc -DHEADER=path.h -DFUNCTION=name -P EmbedFile.cmake
# Writes a source whose function returns the bytes of INPUT. An array, for a string literal may end at 65,536 bytes.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
# Lines that compilers and people can bear.
string(REGEX REPLACE "((0x..,)(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?)" "    \\1\n" lines "${bytes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace mayfly::client {

std::string_view ${FUNCTION}() {
  static constexpr unsigned char kBytes[] = {
${lines}  };
  return std::string_view(reinterpret_cast<const char*>(kBytes), sizeof kBytes);
}

}  // namespace mayfly::client
")
