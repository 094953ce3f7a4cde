# SPDX-License-Identifier: Apache-2.0
"""The compiler and the binutils of the build, for checks that look at headers and objects."""

import functools
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

import tap

CC = shlex.split(os.environ.get('CC', 'cc'))
CXX = shlex.split(os.environ.get('CXX', ''))
NM = shlex.split(os.environ.get('NM', 'nm'))
OBJDUMP = shlex.split(os.environ.get('OBJDUMP', 'objdump'))
CPPFLAGS = shlex.split(os.environ.get('CHECK_CPPFLAGS', ''))


def run(command, cwd=None, text=''):
    """(exit status, output) of a command that reads a text."""
    done = subprocess.run(command, cwd=cwd, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', check=False)
    return done.returncode, done.stdout


@functools.lru_cache(maxsize=None)
def compile_text(text, options):
    """The object that the compiler makes of a text: samples of a check are mostly alike."""
    with tempfile.NamedTemporaryFile(suffix='.o') as target:
        status, output = run([*CC, '-std=gnu17', '-fPIC', *options, '-w', '-x', 'c', '-c', '-', '-o', target.name], text=text)
        if status != 0:
            raise RuntimeError(output)
        return pathlib.Path(target.name).read_bytes()


def compile_sources(root, options):
    """Makes the objects of a sample of the library and the command, where libtool would put them. A sample declares the names
    that its sources use, so that includes, which may be wrong on purpose, are left out."""
    for source in root.rglob('*.c'):
        folder = source.parent if 'cli' in source.relative_to(root).parts else source.parent / '.libs'
        folder.mkdir(exist_ok=True)
        text = re.sub(r'^\s*#\s*include.*$', '', source.read_text(encoding='utf-8'), flags=re.M)
        (folder / (source.stem + '.o')).write_bytes(compile_text(text, options))


def compile_optimized_sources(root):
    compile_sources(root, ('-O1',))


def compile_plain_sources(root):
    compile_sources(root, ())


def folder_of_objects(tree):
    """The build folder of the tree; a sample is its own build folder."""
    return tap.build_root() if tree.root == tap.source_root() else tree.root


def library_objects(tree):
    """Yields (source, object) for each source of the library that is built."""
    base = folder_of_objects(tree)
    for source in tree.library_sources():
        path = pathlib.Path(source)
        yield source, base / path.parent / '.libs' / (path.stem + '.o')


def product_objects(tree):
    """Yields (source, object) for each source of the library and of the command."""
    yield from library_objects(tree)
    for source in tree.command_sources():
        yield source, folder_of_objects(tree) / pathlib.Path(source).with_suffix('.o')


def read_lines(command, objects):
    """Yields (source, lines of the output) for each object that is there. One program reads them all."""
    objects = [(source, str(path)) for source, path in objects if path.exists()]
    if not objects:
        return
    status, output = run([*command, *(path for _, path in objects)])
    if status != 0:
        raise RuntimeError('\n'.join(line for line in output.splitlines() if line.startswith(command[0])))
    lines, paths = {}, {path for _, path in objects}
    path = objects[0][1]
    for line in output.splitlines():
        # "PATH:" by nm, and "PATH:     file format elf64-x86-64" by objdump, begin an object; nm names none when it is alone.
        head = line.rpartition(':     file format ')[0] or line.rstrip(':')
        if head in paths:
            path = head
        else:
            lines.setdefault(path, []).append(line)
    for source, path in objects:
        yield source, lines.get(path, [])


def read_symbols(objects):
    """Yields (source, list of (name, kind as nm says it)) of the global symbols of objects."""
    for source, lines in read_lines([*NM, '-g', '-P'], objects):
        words = [line.split() for line in lines if line.strip()]
        yield source, [(word[0].split('@')[0], word[1]) for word in words]


def missing_build():
    return None if tap.build_root() else 'needs a build: make check'
