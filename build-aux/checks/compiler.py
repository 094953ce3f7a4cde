# SPDX-License-Identifier: Apache-2.0
"""The compiler and the binutils of the build, for checks that look at headers and objects."""

import os
import pathlib
import re
import shlex
import subprocess

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


def compile_library_sources(root):
    """Makes the objects of a sample, where libtool would put them."""
    for source in root.rglob('*.c'):
        target = source.parent / '.libs' / (source.stem + '.o')
        target.parent.mkdir(exist_ok=True)
        status, output = run([*CC, '-std=gnu17', '-fPIC', '-O1', '-w', '-c', str(source), '-o', str(target)])
        if status != 0:
            raise RuntimeError(output)


def compile_product_sources(root):
    """Makes the objects of a sample of the library and the command. A sample declares the names that its sources use, so that
    includes, which may be wrong on purpose, are left out."""
    for source in root.rglob('*.c'):
        folder = source.parent if 'cli' in source.relative_to(root).parts else source.parent / '.libs'
        folder.mkdir(exist_ok=True)
        text = re.sub(r'^\s*#\s*include.*$', '', source.read_text(encoding='utf-8'), flags=re.M)
        status, output = run([*CC, '-std=gnu17', '-fPIC', '-w', '-x', 'c', '-c', '-', '-o', str(folder / (source.stem + '.o'))],
                             text=text)
        if status != 0:
            raise RuntimeError(output)


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


def missing_build():
    return None if tap.build_root() else 'needs a build: make check'
